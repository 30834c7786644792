import type { Preferences } from '../../../src/api/window.ts';
import { Fault } from '../../../src/base/fault.ts';
import { Button } from '../parts/button.tsx';
import { Choice } from '../parts/choice.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { FaultBox } from '../parts/fault-box.tsx';
import { Section } from '../parts/section.tsx';
import { useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { TextSetting } from '../parts/text-setting.tsx';
import { VaultSettings } from './settings/vault.tsx';
import '../styles/settings.css';

/** Languages by their own names. */
const LANGUAGES = { en: 'English', 'zh-Hant': '繁體中文', he: 'עברית' } as const;

export function SettingsScreen() {
  const { api, snapshot, tell } = useSurroundings();
  const { settings } = useTexts();
  const { preferences } = snapshot;
  const prefer = (change: Partial<Preferences>) => void api.changePreferences(change).catch(tell);
  const names = Object.entries(LANGUAGES) as [keyof typeof LANGUAGES, string][];
  return (
    <div className="stack settings">
      <h1>{settings.title}</h1>
      <Section title={settings.appearance}>
        <Choice
          label={settings.theme}
          value={preferences.theme}
          options={(['system', 'light', 'dark'] as const).map(value => ({
            value,
            name: settings.themes[value],
          }))}
          onChange={theme => prefer({ theme })}
        />
        <Choice
          label={settings.language}
          value={preferences.language}
          options={[
            { value: 'system' as const, name: settings.languageSystem },
            ...names.map(([value, name]) => ({ value, name })),
          ]}
          onChange={language => prefer({ language })}
        />
      </Section>
      <Section title={settings.secrets}>
        <VaultSettings />
      </Section>
      <Section title={settings.callback}>
        <CallbackSettings />
      </Section>
      <Section title={settings.network}>
        <p className="soft">{settings.networkText}</p>
        <Environment />
        <TextSetting
          label={settings.proxy}
          hint={settings.proxyHint}
          value={preferences.proxy ?? ''}
          onSave={proxy => api.changePreferences({ proxy })}
        />
        <TextSetting
          label={settings.extraCa}
          hint={settings.extraCaHint}
          value={preferences.extraCa ?? ''}
          onSave={extraCa => api.changePreferences({ extraCa })}
          isLong
        />
      </Section>
      <Section title={settings.log}>
        <Choice
          label={settings.log}
          value={preferences.log}
          options={(['off', 'normal', 'full'] as const).map(value => ({
            value,
            name: settings.logNames[value],
            hint: settings.logs[value],
          }))}
          onChange={log => prefer({ log })}
        />
      </Section>
      <Section title={settings.about}>
        <About />
      </Section>
    </div>
  );
}

function CallbackSettings() {
  const { api, snapshot } = useSurroundings();
  const { settings } = useTexts();
  const { redirectUri, trouble } = snapshot.callback;
  const choose = async (typed: string) => {
    if (!/^\d{4,5}$/.test(typed)) throw new Fault('usage.flag', settings.portWrong);
    await api.chooseCallbackPort(Number(typed));
  };
  return (
    <>
      <p className="soft">{redirectUri === undefined ? settings.callbackNone : settings.callbackText}</p>
      {redirectUri === undefined ? null : (
        <div className="row">
          <span className="url">{redirectUri}</span>
          <CopyButton text={redirectUri} />
        </div>
      )}
      {trouble === undefined ? null : (
        <p className="foreign" lang="en" dir="auto">
          {trouble.message}
        </p>
      )}
      <TextSetting
        label={settings.port}
        hint={settings.portHint}
        value={URL.parse(redirectUri ?? '')?.port ?? ''}
        onSave={choose}
        isNumber
      />
    </>
  );
}

function Environment() {
  const { snapshot } = useSurroundings();
  const { settings } = useTexts();
  const { proxies, extraCa, trouble } = snapshot.network;
  const rows = [
    ...proxies.map(({ variable, origin }) => [variable, origin] as const),
    ...(extraCa === undefined ? [] : [['NODE_EXTRA_CA_CERTS', extraCa] as const]),
  ];
  return (
    <div className="field">
      <span className="label">{settings.environment}</span>
      {rows.length === 0 ? <span className="soft">{settings.environmentNone}</span> : null}
      {rows.map(([name, value]) => (
        <span key={name} className="url">
          {name}={value}
        </span>
      ))}
      {trouble === undefined ? null : <FaultBox thrown={Fault.from(trouble)} />}
    </div>
  );
}

function About() {
  const { api, snapshot, tell } = useSurroundings();
  const { settings } = useTexts();
  const { version, pid, home, startedAt, kind } = snapshot.broker;
  const { lang } = document.documentElement;
  const stop = () =>
    // It may be gone before its answer is.
    api.stop().catch(thrown => Fault.of(thrown).code === 'broker.lost' || tell(thrown));
  return (
    <>
      <dl className="facts">
        <dt>{settings.version}</dt>
        <dd>
          <bdi>{version}</bdi> · {settings[kind]}
        </dd>
        <dt>{settings.process}</dt>
        <dd>{pid}</dd>
        <dt>{settings.state}</dt>
        <dd className="url">{home}</dd>
        <dt>{settings.since}</dt>
        <dd>{new Date(startedAt).toLocaleString(lang)}</dd>
      </dl>
      <div className="row">
        <Button onPress={() => void stop()}>{settings.stop}</Button>
        <span className="soft small">{settings.stopText}</span>
      </div>
    </>
  );
}
