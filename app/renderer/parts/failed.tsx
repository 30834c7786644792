import { reportOf } from '../model/failure-report.ts';
import type { Failure } from './boundary.tsx';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { useTexts } from './surroundings.tsx';

/** In place of a screen that threw: what that means, and what can be done. */
export function Failed({ failure, version, screen }: { failure: Failure; version: string; screen: string }) {
  const { shell } = useTexts();
  const { thrown, components, again } = failure;
  const report = reportOf(thrown, { version, screen, components });
  return (
    <section className="failed stack">
      <div className="stack close" role="alert">
        <h1>{shell.failedTitle}</h1>
        <p>{shell.failedText}</p>
      </div>
      <div className="row">
        <Button kind="primary" onPress={again}>
          {shell.tryAgain}
        </Button>
        <CopyButton text={report} label={shell.copyDetails} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre className="block" dir="ltr" lang="en" tabIndex={0}>
        {report}
      </pre>
    </section>
  );
}
