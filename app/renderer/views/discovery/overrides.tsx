import { type FormEvent, useId } from 'react';
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { ExamineRequest } from '../../../../src/api/window.ts';
import { Button } from '../../parts/button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

type Instead = Omit<ExamineRequest, 'url' | 'target' | 'only' | 'active'>;

const FIELDS = ['resourceMetadata', 'issuer', 'authorization', 'token'] as const;
type Field = (typeof FIELDS)[number];

interface Props {
  instead: Instead;
  onChange: (instead: Instead) => void;
  isDisabled: boolean;
}

/** Addresses in the place of what the servers say. */
export function OverridesDialog({ instead, onChange, isDisabled }: Props) {
  const { shell, discovery } = useTexts();
  const count = Object.values(valuesOf(instead)).filter(each => each !== '').length;
  return (
    <DialogTrigger>
      <Button isDisabled={isDisabled}>{discovery.overrides(count)}</Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="dialog">
          <Dialog>
            {({ close }) => {
              const take = (event: FormEvent<HTMLFormElement>) => {
                event.preventDefault();
                onChange(readFields(new FormData(event.currentTarget)));
                close();
              };
              return (
                <form className="stack" onSubmit={take}>
                  <Heading slot="title">{discovery.overridesTitle}</Heading>
                  <p className="soft">{discovery.overridesText}</p>
                  {FIELDS.map((name, index) => (
                    <Address key={name} name={name} value={valuesOf(instead)[name]} isFirst={index === 0} />
                  ))}
                  <div className="row">
                    <Button type="submit" kind="primary">
                      {discovery.overridesRun}
                    </Button>
                    <Button
                      onPress={() => {
                        close();
                        onChange({});
                      }}
                    >
                      {discovery.overridesNone}
                    </Button>
                    <Button kind="quiet" onPress={close}>
                      {shell.cancel}
                    </Button>
                  </div>
                </form>
              );
            }}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}

function Address({ name, value, isFirst }: { name: Field; value: string; isFirst: boolean }) {
  const { discovery } = useTexts();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{discovery.fields[name]}</label>
      <input
        id={id}
        name={name}
        className="input mono"
        type="url"
        dir="ltr"
        spellCheck={false}
        autoComplete="off"
        defaultValue={value}
        // biome-ignore lint/a11y/noAutofocus: a dialog begins at its first field
        autoFocus={isFirst}
      />
    </div>
  );
}

function valuesOf({ resourceMetadata = '', issuers = [], overrides = {} }: Instead): Record<Field, string> {
  const { authorization_endpoint: authorization = '', token_endpoint: token = '' } =
    overrides.endpoints ?? {};
  return { resourceMetadata, issuer: issuers[0] ?? '', authorization, token };
}

function readFields(data: FormData): Instead {
  const [resourceMetadata, issuer, authorization, token] = FIELDS.map(name =>
    String(data.get(name) ?? '').trim(),
  );
  const endpoints = {
    ...(authorization ? { authorization_endpoint: authorization } : {}),
    ...(token ? { token_endpoint: token } : {}),
  };
  return {
    ...(resourceMetadata ? { resourceMetadata } : {}),
    ...(issuer ? { issuers: [issuer] } : {}),
    ...(authorization || token ? { overrides: { endpoints } } : {}),
  };
}
