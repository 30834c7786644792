import { useTexts } from '../parts/surroundings.tsx';

export function SettingsScreen() {
  const { shell } = useTexts();
  return <h1>{shell.settings}</h1>;
}
