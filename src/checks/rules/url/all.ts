import type { Check } from '../../check.ts';
import { check as url01 } from './01-trailing-slash.ts';
import { check as url02 } from './02-downgrade.ts';
import { check as url03 } from './03-drops-auth.ts';
import { check as url04 } from './04-wrong-endpoint.ts';
import { check as url05 } from './05-banner.ts';
import { check as url06 } from './06-not-405.ts';
import { check as url07 } from './07-accept.ts';
import { check as url08 } from './08-spa.ts';
import { check as url09 } from './09-prefix.ts';

export const URL: readonly Check[] = [url01, url02, url03, url04, url05, url06, url07, url08, url09];
