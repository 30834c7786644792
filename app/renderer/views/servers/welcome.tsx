import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import icon from '../../icon.svg';
import { Button } from '../../parts/button.tsx';
import { FaultBox } from '../../parts/fault-box.tsx';
import { useSurroundings, useTexts } from '../../parts/surroundings.tsx';
import { VaultNotice } from '../../parts/vault-notice.tsx';
import { AddForm } from './add-form.tsx';

/** The practice server with nothing wrong. */
const RIGHT = 'right';

/** What somebody sees who has no server yet. */
export function Welcome() {
  const { servers: texts } = useTexts();
  return (
    <div className="welcome">
      <img src={icon} alt="" width={56} height={56} />
      <h1>{texts.welcomeTitle}</h1>
      <p className="soft">{texts.welcomeText}</p>
      <section className="panel" aria-labelledby="welcome-paste">
        <div className="content stack">
          <h2 id="welcome-paste">{texts.welcomePaste}</h2>
          <AddForm />
        </div>
      </section>
      <Practice />
      <VaultNotice />
    </div>
  );
}

function Practice() {
  const { api, go } = useSurroundings();
  const { servers: texts } = useTexts();
  const [isStarting, setStarting] = useState(false);
  const [trouble, setTrouble] = useState<unknown>();
  const start = async () => {
    setStarting(true);
    setTrouble(undefined);
    try {
      const { url } = await api.startLab(RIGHT);
      const [target] = await api.addServers(url);
      if (!target) return;
      await api.changeServer(target, { name: texts.practiceName });
      go({ screen: 'server', target, tab: 'overview' });
    } catch (error) {
      setTrouble(error);
    } finally {
      setStarting(false);
    }
  };
  return (
    <div className="practice">
      <p className="soft">{texts.practiceText}</p>
      <Button onPress={() => void start()} isDisabled={isStarting}>
        <FlaskConical size={16} aria-hidden />
        {isStarting ? texts.practiceStarting : texts.practice}
      </Button>
      {trouble === undefined ? null : <FaultBox thrown={trouble} />}
    </div>
  );
}
