export const settings = {
  title: 'Settings',
  save: 'Save',
  saved: 'Saved',

  appearance: 'Appearance',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  language: 'Language',
  languageSystem: 'As the system',

  secrets: 'Where your sign-ins are kept',
  vaults: {
    keychain: "Sealed on this computer. The key is in the system's keychain.",
    file: 'Sealed on this computer. The key is in a file that only you can read.',
    memory: 'In memory only. Your sign-ins are gone when Keybridge stops.',
  },
  vaultStates: {
    open: 'In order',
    locked: 'The keychain is locked',
    unavailable: 'No keychain was found',
  },
  lockedText:
    'Nothing is lost. What needs your sign-ins waits until the keychain is unlocked; nobody has to sign in again.',
  unavailableText:
    'A keychain belongs to a desktop session; over SSH, in containers and in WSL there is usually none. You can keep the key in a file instead.',
  protects:
    'This protects from other users and from backups of your files, not from a program that runs as you.',
  unlock: 'Unlock …',
  useFile: 'Keep the key in a file',
  useKeychain: 'Keep the key in the keychain',
  moved: 'Done. Everything that was kept has moved along.',

  callback: 'Coming back from a sign-in',
  callbackText:
    'The browser comes back to this address on your computer. Clients that were registered by hand need it in their settings.',
  callbackNone: 'The address is chosen with the first sign-in.',
  port: 'Port',
  portHint: 'From 1024 to 65535. Clients are registered anew with the next sign-in.',
  portWrong: 'A port is a number from 1024 to 65535.',

  network: 'Network',
  networkText:
    'For what this window does. Hosts hand over what their own environment says; that stays theirs.',
  environment: 'From the environment',
  environmentNone: 'Nothing is set.',
  proxy: 'Proxy',
  proxyHint: 'Such as http://proxy.example:8080. Empty: as the environment says.',
  extraCa: 'Further certificates',
  extraCaHint: 'In PEM, trusted beside those of the system. Empty: none.',

  log: 'What is written down',
  logs: {
    off: 'Nothing on disk. The trace is there while Keybridge runs.',
    normal: 'Every request on disk, without bodies, for after a crash.',
    full: 'Every request on disk with its bodies. Secrets are taken out of them as far as they are known.',
  },
  logNames: { off: 'Off', normal: 'Normal', full: 'With bodies' },

  about: 'About',
  version: 'Version',
  process: 'Process',
  state: 'State folder',
  since: 'Runs since',
  headless: 'In the background, without the desktop app',
  desktop: 'In the desktop app',
  stop: 'Stop Keybridge',
  stopText: 'Calls under way finish first. It starts again when a host needs it.',
};
