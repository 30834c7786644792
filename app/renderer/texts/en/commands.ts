export const commands = {
  title: 'Commands',
  placeholder: 'Type a command or the name of a server',
  none: 'Nothing is called like that.',
  go: 'Go to',
  servers: 'Servers',
  actions: 'Do',
  signIn: (name: string) => `Sign in to ${name}`,
  light: 'Light theme',
  dark: 'Dark theme',
  asSystem: 'Theme as the system',
};
