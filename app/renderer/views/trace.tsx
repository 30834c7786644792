import { useTexts } from '../parts/surroundings.tsx';

export function TraceScreen() {
  const { shell } = useTexts();
  return <h1>{shell.trace}</h1>;
}
