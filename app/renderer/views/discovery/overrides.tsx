import { type FormEvent, useId } from 'react';
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import {
  fromFields,
  type Instead,
  type InsteadField,
  OF_A_CLIENT,
  PLACES,
  toFields,
} from '../../model/instead.ts';
import { Button } from '../../parts/button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

interface Props {
  instead: Instead;
  onChange: (instead: Instead) => void;
  isDisabled: boolean;
}

/** Addresses, and what a client is and asks for, in the place of what the servers say. */
export function OverridesDialog({ instead, onChange, isDisabled }: Props) {
  const { shell, discovery } = useTexts();
  const fields = toFields(instead);
  const count = Object.values(fields).filter(each => each !== '').length;
  return (
    <DialogTrigger>
      <Button isDisabled={isDisabled}>{discovery.overrides(count)}</Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="dialog">
          <Dialog>
            {({ close }) => {
              const take = (event: FormEvent<HTMLFormElement>) => {
                event.preventDefault();
                onChange(
                  fromFields(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>),
                );
                close();
              };
              return (
                <form className="stack" onSubmit={take}>
                  <Heading slot="title">{discovery.overridesTitle}</Heading>
                  <p className="soft">{discovery.overridesText}</p>
                  {PLACES.map((name, index) => (
                    <Field key={name} name={name} value={fields[name]} isFirst={index === 0} />
                  ))}
                  <fieldset className="of-a-client">
                    <legend>{discovery.overridesTrial}</legend>
                    {OF_A_CLIENT.map(name => (
                      <Field key={name} name={name} value={fields[name]} />
                    ))}
                  </fieldset>
                  <div className="row end">
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

/** Names and words that are no address. */
const PLAIN: readonly InsteadField[] = ['clientId', 'scope'];

function Field({ name, value, isFirst = false }: { name: InsteadField; value: string; isFirst?: boolean }) {
  const { discovery } = useTexts();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{discovery.fields[name]}</label>
      <input
        id={id}
        name={name}
        className="input mono"
        type={PLAIN.includes(name) ? 'text' : 'url'}
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
