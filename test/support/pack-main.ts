import { Arch, build, Platform } from 'electron-builder';

/* Packs the desktop app around a distribution that is only a stub of Electron: `node pack-main.ts STUB OUTPUT`. */

const [electronDist = '', output = ''] = process.argv.slice(2);
await build({
  targets: Platform.LINUX.createTarget('dir', Arch.x64),
  publish: 'never',
  config: { electronDist, directories: { output } },
});
