import { type ButtonProps, Button as Primitive } from 'react-aria-components';

interface Props extends ButtonProps {
  kind?: 'plain' | 'primary' | 'quiet' | 'danger';
  /** It holds nothing but an icon; then `aria-label` names it. */
  icon?: boolean;
}

export function Button({ kind = 'plain', icon = false, className, ...rest }: Props) {
  return (
    <Primitive {...rest} className={['button', kind, icon ? 'icon' : '', className ?? ''].join(' ').trim()} />
  );
}
