import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { createTroubles, type Troubles } from '../model/troubles.ts';
import { Button } from './button.tsx';
import { FaultBox } from './fault-box.tsx';
import { useStore, useTexts } from './surroundings.tsx';

/** What fails in this window with no place of its own, until another screen is shown; what nobody caught, too. */
export function useTroubles(place: string): Troubles {
  const [troubles] = useState(createTroubles);
  useEffect(() => {
    const lost = ({ reason }: PromiseRejectionEvent) => troubles.tell(reason);
    // Without an error it is the browser that complains, not a part of the window.
    const failed = ({ error }: ErrorEvent) => error && troubles.tell(error);
    addEventListener('unhandledrejection', lost);
    addEventListener('error', failed);
    return () => {
      removeEventListener('unhandledrejection', lost);
      removeEventListener('error', failed);
    };
  }, [troubles]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: they go with the place they came from
  useEffect(() => troubles.clear, [place, troubles]);
  return troubles;
}

/** They stand at the window's edge, over whatever screen there is. */
export function TroublesView({ troubles }: { troubles: Troubles }) {
  const { shell } = useTexts();
  const now = useStore(troubles.now);
  if (now.length === 0) return null;
  return (
    <section className="troubles" aria-label={shell.troubles}>
      {now.map(({ id, fault }) => (
        <div key={id} className="trouble">
          <FaultBox thrown={fault} />
          <Button kind="quiet" icon aria-label={shell.close} onPress={() => troubles.close(id)}>
            <X size={15} aria-hidden />
          </Button>
        </div>
      ))}
    </section>
  );
}
