import { useState } from 'react';
import { toFragment } from '../model/place.ts';
import { Button } from './button.tsx';
import { FaultBox } from './fault-box.tsx';
import { useSurroundings, useTexts } from './surroundings.tsx';

/** What keeps sign-ins from being used, or from being kept, and what to do about it; nothing where all is well. */
export function VaultNotice() {
  const { api, snapshot } = useSurroundings();
  const { settings, shell } = useTexts();
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>();
  const { kind, state } = snapshot.vault;
  if (state === 'open') return null;
  const unlock = async () => {
    setBusy(true);
    setTrouble(undefined);
    await api.unlockVault().catch(setTrouble);
    setBusy(false);
  };
  return (
    <section className="notice-panel" aria-label={settings.vaultStates[state]}>
      <div>
        <p className="title">{settings.vaultStates[state]}</p>
        <p className="soft">{state === 'locked' ? settings.lockedText : settings.vaults[kind]}</p>
      </div>
      {state === 'locked' ? (
        <Button kind="primary" isDisabled={isBusy} onPress={() => void unlock()}>
          {settings.unlock}
        </Button>
      ) : (
        <a href={toFragment({ screen: 'settings' })}>{shell.settings}</a>
      )}
      {trouble === undefined ? null : <FaultBox thrown={trouble} />}
    </section>
  );
}
