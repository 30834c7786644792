import { Stethoscope } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { useSurroundings, useTexts } from '../parts/surroundings.tsx';
import { Discovery } from './discovery.tsx';

/** The doctor on any URL. */
export function DoctorScreen({ url }: { url: string }) {
  const { go } = useSurroundings();
  const { shell, discovery } = useTexts();
  const id = useId();
  const [isWrong, setWrong] = useState(false);
  const examine = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get('url') ?? '').trim();
    const read = URL.parse(typed.includes('://') ? typed : `https://${typed}`);
    const isUrl = read !== null && typed !== '' && /^https?:$/.test(read.protocol);
    setWrong(!isUrl);
    if (isUrl) go({ screen: 'doctor', url: read.href });
  };
  return (
    <div className="stack">
      <h1>{shell.doctor}</h1>
      <form className="doctor-form" onSubmit={examine} noValidate>
        <div className="field">
          <label htmlFor={id}>{discovery.address}</label>
          <div className="row">
            <input
              id={id}
              name="url"
              className="input mono grow"
              dir="ltr"
              spellCheck={false}
              autoComplete="off"
              placeholder="https://mcp.example.com/mcp"
              defaultValue={url}
              aria-invalid={isWrong}
              aria-describedby={`${id}-hint`}
            />
            <Button type="submit" kind="primary">
              {discovery.run}
            </Button>
          </div>
          <span id={`${id}-hint`} className={isWrong ? 'error' : 'hint'}>
            {isWrong ? discovery.noUrl : discovery.addressHint}
          </span>
        </div>
      </form>
      {url === '' ? (
        <div className="empty">
          <Stethoscope size={32} aria-hidden />
          <h2>{discovery.emptyTitle}</h2>
          <p>{discovery.emptyText}</p>
        </div>
      ) : (
        <Discovery url={url} />
      )}
    </div>
  );
}
