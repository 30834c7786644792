import type { ServerSettings } from '../../../../src/api/window.ts';
import { PRESET_NAMES } from '../../model/server-form.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { FormField } from '../../parts/form-field.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import type { FormPart } from './settings-form.tsx';

/** Who Keybridge is to the authorization server. */
export function ClientFields({ form, edit, errorOf, settings }: FormPart & { settings: ServerSettings }) {
  const { servers: texts } = useTexts();
  const { form: words } = texts;
  const isKept = settings.hasClientSecret && form.clientSecret === undefined && !settings.secretsMissing;
  return (
    <>
      <p className="soft">{words.clientText}</p>
      <FormField
        kind="code"
        label={words.clientId}
        hint={words.clientIdHint}
        value={form.clientId}
        onChange={clientId => edit({ clientId })}
        error={errorOf('clientId')}
      />
      <FormField
        kind="secret"
        label={words.clientSecret}
        value={form.clientSecret ?? ''}
        onChange={clientSecret => edit({ clientSecret })}
        error={errorOf('clientSecret')}
        {...(isKept ? { hint: words.kept, placeholder: '••••••••' } : {})}
      />
      {isKept ? (
        <div className="row">
          <Button kind="quiet" onPress={() => edit({ clientSecret: '' })}>
            {words.removeSecret}
          </Button>
        </div>
      ) : null}
      {settings.redirectUri === undefined ? null : (
        <div className="field">
          <span className="label">{words.redirectUri}</span>
          <div className="row">
            <span className="url">{settings.redirectUri}</span>
            <CopyButton text={settings.redirectUri} />
          </div>
        </div>
      )}
      <FormField
        kind="code"
        label={words.clientMetadataUrl}
        hint={words.clientMetadataUrlHint}
        value={form.clientMetadataUrl}
        onChange={clientMetadataUrl => edit({ clientMetadataUrl })}
        error={errorOf('clientMetadataUrl')}
      />
      <SelectField
        label={words.preset}
        value={form.preset}
        options={['', ...PRESET_NAMES].map(value => ({
          value,
          name: value === '' ? words.presetAuto : value === 'none' ? words.presetNone : value,
        }))}
        error={errorOf('preset')}
        onChange={preset => edit({ preset })}
      />
    </>
  );
}
