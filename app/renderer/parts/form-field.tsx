import { FieldError, Input, Label, Text, TextArea, TextField } from 'react-aria-components';

/** One text of a form. */
export function FormField({
  label,
  hint,
  value,
  onChange,
  error,
  kind = 'text',
  placeholder,
  isDisabled = false,
}: {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  kind?: 'text' | 'code' | 'long' | 'secret';
  placeholder?: string;
  isDisabled?: boolean;
}) {
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      isDisabled={isDisabled}
      type={kind === 'secret' ? 'password' : 'text'}
      autoComplete="off"
    >
      <Label>{label}</Label>
      {kind === 'long' ? (
        <TextArea className="input mono" rows={4} dir="ltr" spellCheck={false} />
      ) : (
        <Input
          className={kind === 'text' ? 'input' : 'input mono'}
          dir={kind === 'text' ? 'auto' : 'ltr'}
          spellCheck={false}
          {...(placeholder === undefined ? {} : { placeholder })}
        />
      )}
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error">{error}</FieldError>
    </TextField>
  );
}
