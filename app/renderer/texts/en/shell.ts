export const shell = {
  name: 'Keybridge',
  servers: 'Servers',
  trace: 'Trace',
  lab: 'Lab',
  settings: 'Settings',
  doctor: 'Doctor',
  addServer: 'Add server',
  commands: 'Commands',
  connecting: 'Connecting to Keybridge …',
  lostTitle: 'Keybridge is not running',
  lostText:
    'It starts again by itself as soon as a host needs it, and this window comes back with it. To start it now, run: keybridge open',
  lostBanner:
    'Keybridge does not answer. It starts again as soon as a host needs it, or with keybridge open, and this window goes on by itself. What you see is what was last known.',
  failedTitle: 'This screen has stopped',
  failedText:
    'Something in the window itself went wrong. Keybridge goes on: hosts stay connected, and no sign-in is lost. Try again, or go to another screen; the details help whoever mends it.',
  copyDetails: 'Copy the details',
  troubles: 'What failed',
  copy: 'Copy',
  copied: 'Copied',
  close: 'Close',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  remedy: 'What to do',
  main: 'Main',
  skip: 'Skip to the content',
};
