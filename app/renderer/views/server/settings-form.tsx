import { type FormEvent, useState } from 'react';
import { Form } from 'react-aria-components';
import type { KnownServer } from '../../../../src/api/window.ts';
import { Fault } from '../../../../src/base/fault.ts';
import type { Target } from '../../../../src/broker/settings.ts';
import { changeOf, formOf, isChanged, type ServerForm, TRANSPORTS } from '../../model/server-form.ts';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { FormField } from '../../parts/form-field.tsx';
import { Section } from '../../parts/section.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { Toggle } from '../../parts/toggle.tsx';
import { ClientFields } from './client-fields.tsx';
import { HeaderFields } from './header-fields.tsx';

/** What the sections of the form are given. */
export interface FormPart {
  form: ServerForm;
  edit: (change: Partial<ServerForm>) => void;
  /** What is wrong with a field. */
  errorOf: (field: keyof ServerForm) => string | undefined;
}

/** Everything that can be said about one server; kept when it is saved. */
export function ServerSettingsForm({ server, target }: { server: KnownServer; target: Target }) {
  const { api } = useSurroundings();
  const { servers: texts } = useTexts();
  const { form: words } = texts;
  const [edited, setEdited] = useState<Partial<ServerForm>>({});
  const [saved, setSaved] = useState(false);
  const [trouble, setTrouble] = useState<Fault>();
  const form = { ...formOf(server), ...edited };
  const change = changeOf(form, server);
  const field = trouble?.data?.field;
  const part: FormPart = {
    form,
    edit: next => {
      setEdited(before => ({ ...before, ...next }));
      setSaved(false);
      setTrouble(undefined);
    },
    errorOf: name => (name === field ? trouble?.sentence : undefined),
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await api.changeServer(target, change);
      setEdited({});
      setTrouble(undefined);
      setSaved(true);
    } catch (error) {
      setTrouble(Fault.of(error));
    }
  };
  const { edit, errorOf } = part;
  return (
    <Form className="stack server-form" onSubmit={event => void save(event)}>
      <Section title={words.general}>
        <FormField
          label={words.name}
          hint={words.nameHint}
          value={form.name}
          onChange={name => edit({ name })}
          error={errorOf('name')}
        />
      </Section>
      <Section title={words.asking}>
        <FormField
          kind="code"
          label={words.scopes}
          hint={words.scopesHint}
          value={form.scopes}
          onChange={scopes => edit({ scopes })}
          error={errorOf('scopes')}
        />
        <FormField
          kind="code"
          label={words.resource}
          hint={words.resourceHint}
          value={form.noResource ? '' : form.resource}
          isDisabled={form.noResource}
          onChange={resource => edit({ resource })}
          error={errorOf('resource')}
        />
        <Toggle
          label={words.noResource}
          value={form.noResource}
          onChange={noResource => edit({ noResource })}
        />
      </Section>
      <Section title={words.client}>
        <ClientFields {...part} settings={server.settings} />
      </Section>
      <Section title={words.headers}>
        <HeaderFields {...part} />
      </Section>
      <Section title={words.connection}>
        <SelectField
          label={words.transport}
          value={form.transport}
          options={TRANSPORTS.map(value => ({ value, name: words.transports[value] }))}
          error={errorOf('transport')}
          onChange={transport => edit({ transport })}
        />
        <FormField
          kind="long"
          label={words.extraCa}
          hint={words.extraCaHint}
          value={form.extraCa}
          onChange={extraCa => edit({ extraCa })}
          error={errorOf('extraCa')}
        />
      </Section>
      <Section title={words.exceptions}>
        <p className="soft">{words.exceptionsText}</p>
        {(['assumePkce', 'allowPrivate', 'allowHttp'] as const).map(name => (
          <Toggle
            key={name}
            label={words[name]}
            hint={words[`${name}Hint`]}
            value={form[name]}
            onChange={value => edit({ [name]: value })}
          />
        ))}
        {errorOf('allowHttp') === undefined || !trouble ? null : <FaultBox thrown={trouble} />}
      </Section>
      {trouble && field === undefined ? <FaultBox thrown={trouble} /> : null}
      <div className="save-bar" data-changed={isChanged(change) || undefined}>
        <span className="soft" role="status">
          {isChanged(change) ? words.unsaved : saved ? words.saved : ''}
        </span>
        <span className="grow" />
        <Button isDisabled={!isChanged(change)} onPress={() => setEdited({})}>
          {words.discard}
        </Button>
        <Button kind="primary" type="submit" isDisabled={!isChanged(change)}>
          {words.save}
        </Button>
      </div>
    </Form>
  );
}
