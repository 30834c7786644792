/** A text of ours in which words between backticks are code. */
export function Backticks({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: a text is never reordered
      <code key={index} className="url">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
