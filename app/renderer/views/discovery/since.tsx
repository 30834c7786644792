import type { Since as Changed } from '../../../../src/doctor/baseline.ts';
import { useTexts } from '../../parts/surroundings.tsx';

/** What has changed since the examination that was kept. */
export function Since({ since }: { since: Changed }) {
  const { discovery } = useTexts();
  const { saved, added, gone, changes } = since;
  const isSame = added.length + gone.length + changes.length === 0;
  return (
    <section className="panel since" aria-label={discovery.since}>
      <header>
        <h2 className="grow">{discovery.since}</h2>
        <time className="small soft" dateTime={saved}>
          {new Date(saved).toLocaleString(document.documentElement.lang)}
        </time>
      </header>
      <div className="content">
        {isSame ? <p>{discovery.unchanged}</p> : null}
        <ul className="changes">
          {added.map(({ code, title }) => (
            <Change
              key={`+${code}${title}`}
              word={discovery.appeared}
              tone="broken"
              text={`${code} ${title}`}
            />
          ))}
          {gone.map(({ code, title }) => (
            <Change key={`-${code}${title}`} word={discovery.gone} tone="good" text={`${code} ${title}`} />
          ))}
          {changes.map(({ where, pointer, before, after }) => (
            <Change
              key={`${where} ${pointer}`}
              word={discovery.changed}
              tone="fragile"
              text={`${where} ${pointer}`}
              before={before}
              after={after}
            />
          ))}
        </ul>
      </div>
    </section>
  );
}

interface ChangeProps {
  word: string;
  tone: 'broken' | 'good' | 'fragile';
  text: string;
  before?: string | undefined;
  after?: string | undefined;
}

function Change({ word, tone, text, before, after }: ChangeProps) {
  return (
    <li>
      <span className="badge" data-tone={tone}>
        {word}
      </span>
      <span className="foreign" lang="en" dir="auto">
        {text}
        {before === undefined && after === undefined ? null : (
          <span className="url small soft own-line">
            {before ?? '–'} → {after ?? '–'}
          </span>
        )}
      </span>
    </li>
  );
}
