import { useTexts } from '../parts/surroundings.tsx';

export function ServersScreen() {
  const { shell } = useTexts();
  return <h1>{shell.servers}</h1>;
}
