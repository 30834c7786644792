export const lab = {
  title: 'Lab',
  intro:
    'Practice servers on this machine only. One is right; each of the others has one fault, to see what it looks like and how it is mended.',
  search: 'Filter by name, fault or code',
  none: 'No practice server is called like that.',
  count: (shown: number, all: number) => {
    const servers = all === 1 ? '1 server' : `${all} servers`;
    return shown === all ? servers : `${shown} of ${servers}`;
  },
  running: 'Running now',
  noneRunning: 'None is running.',
  start: 'Start',
  starting: 'Starting …',
  stop: 'Stop',
  examine: 'Examine',
  add: 'Add to servers',
  added: 'In the list',
  shows: 'The doctor shows',
  nothingWrong: 'nothing wrong',
  account: 'Any account name signs in. Nothing is kept when a practice server stops.',
};
