import { Label, Radio, RadioGroup, Text } from 'react-aria-components';

export interface Option<T extends string> {
  value: T;
  name: string;
  hint?: string;
}

/** One of a few, all of them in sight. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
}) {
  return (
    <RadioGroup value={value} onChange={next => onChange(next as T)} className="choice">
      <Label className="label">{label}</Label>
      <div className="options">
        {options.map(option => (
          <Radio key={option.value} value={option.value} className="option">
            <span className="mark" aria-hidden />
            <span>
              {option.name}
              {option.hint === undefined ? null : (
                <Text slot="description" className="hint">
                  {option.hint}
                </Text>
              )}
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
