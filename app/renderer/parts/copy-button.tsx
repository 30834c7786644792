import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { useTell, useTexts } from './surroundings.tsx';

/** Milliseconds it says that it has copied. */
const SAID = 1_500;

/** Copies a text; a function is asked for it when it is pressed. */
export function CopyButton({
  text,
  label,
  kind = 'quiet',
  onTrouble,
}: {
  text: string | (() => Promise<string>);
  label?: string;
  kind?: 'quiet' | 'primary';
  /** Shows what kept it from that; else the window does. */
  onTrouble?: (thrown: unknown) => void;
}) {
  const tell = useTell();
  const { shell } = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
    setCopied(true);
  };
  return (
    <Button kind={kind} onPress={() => void copy().catch(onTrouble ?? tell)}>
      {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
      <span aria-live="polite">{copied ? shell.copied : (label ?? shell.copy)}</span>
    </Button>
  );
}
