import { Switch } from 'react-aria-components';

/** Something that is on or off, and what that means. */
export function Toggle({
  label,
  hint,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  value: boolean;
  onChange: (value: boolean) => void;
}) {
  return (
    <Switch className="toggle" isSelected={value} onChange={onChange}>
      <span className="track" aria-hidden>
        <span className="thumb" />
      </span>
      <span>
        {label}
        {hint === undefined ? null : <span className="hint">{hint}</span>}
      </span>
    </Switch>
  );
}
