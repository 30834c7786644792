import { useState } from 'react';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';

const TONES: Readonly<Record<string, Tone>> = { open: 'good', locked: 'fragile', unavailable: 'fragile' };

/** Where secrets live, in plain words, and what to do about it. */
export function VaultSettings() {
  const { api, snapshot } = useSurroundings();
  const { settings } = useTexts();
  const { kind, state, note } = snapshot.vault;
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>();
  const [moved, setMoved] = useState(false);
  const act = async (work: () => Promise<void>, isMove: boolean) => {
    setBusy(true);
    setTrouble(undefined);
    setMoved(false);
    try {
      await work();
      setMoved(isMove);
    } catch (error) {
      setTrouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="stack">
      <div className="row">
        <Badge tone={TONES[state] ?? 'plain'}>{settings.vaultStates[state]}</Badge>
        <span>{settings.vaults[kind]}</span>
      </div>
      {state === 'locked' ? <p>{settings.lockedText}</p> : null}
      {state === 'unavailable' ? <p>{settings.unavailableText}</p> : null}
      {note === undefined || state === 'unavailable' ? null : (
        <p className="foreign soft small" lang="en" dir="auto">
          {note}
        </p>
      )}
      <div className="row">
        {state === 'locked' ? (
          <Button kind="primary" isDisabled={busy} onPress={() => void act(() => api.unlockVault(), false)}>
            {settings.unlock}
          </Button>
        ) : null}
        {kind === 'memory' ? (
          <Button
            kind={state === 'unavailable' ? 'primary' : 'plain'}
            isDisabled={busy}
            onPress={() => void act(() => api.chooseVault('file'), true)}
          >
            {settings.useFile}
          </Button>
        ) : null}
        {kind === 'keychain' ? null : (
          <Button isDisabled={busy} onPress={() => void act(() => api.chooseVault('keychain'), true)}>
            {settings.useKeychain}
          </Button>
        )}
        <span role="status">{moved ? settings.moved : ''}</span>
      </div>
      {trouble === undefined ? null : <FaultBox thrown={trouble} />}
      <p className="soft small">{settings.protects}</p>
    </div>
  );
}
