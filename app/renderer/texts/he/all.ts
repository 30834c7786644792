import { commands } from './commands.ts';
import { discovery } from './discovery.ts';
import { exchange } from './exchange.ts';
import { lab } from './lab.ts';
import { servers } from './servers.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';
import { trace } from './trace.ts';

export const all = { commands, discovery, exchange, lab, servers, settings, shell, signIn, trace };
