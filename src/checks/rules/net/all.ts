import type { Check } from '../../check.ts';
import { check as net01 } from './01-dns.ts';
import { check as net02 } from './02-tls.ts';
import { check as net03 } from './03-tls-reset.ts';
import { check as net04 } from './04-proxy.ts';
import { check as net05 } from './05-waf.ts';
import { check as net06 } from './06-empty-user-agent.ts';
import { check as net07 } from './07-login-wall.ts';
import { check as net08 } from './08-host-header.ts';
import { check as net09 } from './09-origin.ts';
import { check as net10 } from './10-plaintext.ts';
import { check as net11 } from './11-post-becomes-get.ts';
import { check as net12 } from './12-cors.ts';
import { check as net13 } from './13-rate-limited.ts';
import { check as net14 } from './14-tunnel-url-leak.ts';
import { check as net15 } from './15-dead-route.ts';
import { check as net16 } from './16-path-depth.ts';
import { check as net17 } from './17-no-answer.ts';
import { check as net18 } from './18-gate.ts';

export const NET: readonly Check[] = [
  net01,
  net02,
  net03,
  net04,
  net05,
  net06,
  net07,
  net08,
  net09,
  net10,
  net11,
  net12,
  net13,
  net14,
  net15,
  net16,
  net17,
  net18,
];
