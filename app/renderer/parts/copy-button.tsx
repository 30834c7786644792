import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { useTexts } from './surroundings.tsx';

/** Milliseconds it says that it has copied. */
const SAID = 1_500;

/** Copies a text; a function is asked for it when it is pressed. */
export function CopyButton({
  text,
  label,
  kind = 'quiet',
  onTrouble = () => {},
}: {
  text: string | (() => Promise<string>);
  label?: string;
  kind?: 'quiet' | 'primary';
  /** What kept it from that. */
  onTrouble?: (thrown: unknown) => void;
}) {
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
    <Button kind={kind} onPress={() => void copy().catch(onTrouble)}>
      {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
      <span aria-live="polite">{copied ? shell.copied : (label ?? shell.copy)}</span>
    </Button>
  );
}
