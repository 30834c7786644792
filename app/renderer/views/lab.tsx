import { useTexts } from '../parts/surroundings.tsx';

export function LabScreen() {
  const { shell } = useTexts();
  return <h1>{shell.lab}</h1>;
}
