import { ChevronDown } from 'lucide-react';
import { Button, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import '../styles/pick.css';

/** One of many, in a list that opens. `undefined` stands for all of them. */
export function Pick<T extends string>({
  label,
  all,
  value,
  options,
  onChange,
}: {
  label: string;
  /** What no choice is called. */
  all: string;
  value: T | undefined;
  options: readonly { value: T; name: string; isForeign?: boolean }[];
  onChange: (value: T | undefined) => void;
}) {
  return (
    <Select
      aria-label={label}
      className="pick"
      selectedKey={value === undefined ? '' : `=${value}`}
      onSelectionChange={key => onChange(key === '' ? undefined : (String(key).slice(1) as T))}
    >
      <Button className={value === undefined ? 'button' : 'button chosen'}>
        <SelectValue />
        <ChevronDown size={14} aria-hidden />
      </Button>
      <Popover className="popover">
        <ListBox className="options">
          <ListBoxItem id="">{all}</ListBoxItem>
          {options.map(each => (
            <ListBoxItem key={each.value} id={`=${each.value}`} textValue={each.name}>
              <bdi className={each.isForeign ? 'url' : ''}>{each.name}</bdi>
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
