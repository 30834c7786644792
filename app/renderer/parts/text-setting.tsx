import { type FormEvent, useState } from 'react';
import { FieldError, Form, Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import { Fault } from '../../../src/base/fault.ts';
import { Button } from './button.tsx';
import { useTexts } from './surroundings.tsx';

/** One text that is kept when it is saved; what keeps it from that stands beside it. */
export function TextSetting({
  label,
  hint,
  value,
  onSave,
  isLong = false,
  isNumber = false,
}: {
  label: string;
  hint: string;
  value: string;
  /** Throws what the person is to be told. */
  onSave: (value: string) => Promise<void>;
  isLong?: boolean;
  isNumber?: boolean;
}) {
  const { settings } = useTexts();
  const [typed, setTyped] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [saved, setSaved] = useState(false);
  const shown = typed ?? value;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await onSave(shown.trim());
      setTyped(undefined);
      setProblem(undefined);
      setSaved(true);
    } catch (error) {
      setProblem(Fault.of(error).sentence);
    }
  };
  return (
    <Form className="text-setting" onSubmit={event => void save(event)}>
      <TextField
        className="field"
        value={shown}
        isInvalid={problem !== undefined}
        onChange={next => {
          setTyped(next);
          setProblem(undefined);
          setSaved(false);
        }}
      >
        <Label>{label}</Label>
        {isLong ? (
          <TextArea className="input mono" rows={4} dir="ltr" spellCheck={false} />
        ) : (
          <Input
            className="input mono"
            dir="ltr"
            spellCheck={false}
            inputMode={isNumber ? 'numeric' : 'text'}
          />
        )}
        <Text slot="description" className="hint">
          {hint}
        </Text>
        <FieldError className="error">{problem}</FieldError>
      </TextField>
      <div className="row">
        <Button type="submit" isDisabled={typed === undefined || typed === value}>
          {settings.save}
        </Button>
        <span className="soft small" role="status">
          {saved ? settings.saved : ''}
        </span>
      </div>
    </Form>
  );
}
