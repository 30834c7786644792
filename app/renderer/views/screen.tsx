import type { Place } from '../model/place.ts';
import { DoctorScreen } from './doctor.tsx';
import { LabScreen } from './lab.tsx';
import { ServerScreen } from './server.tsx';
import { ServersScreen } from './servers.tsx';
import { SettingsScreen } from './settings.tsx';
import { TraceScreen } from './trace.tsx';

/** The screen of a place. */
export function Screen({ place }: { place: Place }) {
  switch (place.screen) {
    case 'servers':
      return <ServersScreen adding={place.adding ?? false} />;
    case 'server':
      return (
        <ServerScreen
          key={`${place.target.profile} ${place.target.server}`}
          target={place.target}
          tab={place.tab}
        />
      );
    case 'doctor':
      return <DoctorScreen key={place.url} url={place.url} />;
    case 'trace':
      return <TraceScreen />;
    case 'lab':
      return <LabScreen />;
    case 'settings':
      return <SettingsScreen />;
  }
}
