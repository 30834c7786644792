import { ChevronDown } from 'lucide-react';
import {
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from 'react-aria-components';

/** One of several, of which the chosen one is in sight. */
export function SelectField<T extends string>({
  label,
  value,
  options,
  error,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; name: string }[];
  error?: string | undefined;
  onChange: (value: T) => void;
}) {
  return (
    <Select
      className="field"
      value={`=${value}`}
      isInvalid={error !== undefined}
      onChange={key => onChange(String(key).slice(1) as T)}
    >
      <Label className="label">{label}</Label>
      <Button className="button select">
        <SelectValue />
        <ChevronDown size={15} aria-hidden />
      </Button>
      <FieldError className="error">{error}</FieldError>
      <Popover className="popover">
        <ListBox items={options}>
          {/* A key is never empty. */}
          {option => (
            <ListBoxItem id={`=${option.value}`} textValue={option.name}>
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
