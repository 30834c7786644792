import { Search } from 'lucide-react';
import { Input, SearchField } from 'react-aria-components';

/** A field that filters what stands below it. Escape empties it. */
export function SearchBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <SearchField aria-label={label} value={value} onChange={onChange} className="search-box">
      <Search size={15} aria-hidden />
      <Input className="input" placeholder={label} />
    </SearchField>
  );
}
