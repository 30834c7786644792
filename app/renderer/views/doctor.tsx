import { Discovery } from './discovery.tsx';

/** The doctor on any URL. */
export function DoctorScreen({ url }: { url: string }) {
  return <Discovery url={url} />;
}
