import type { Check } from '../../check.ts';
import { check as tok01 } from './01-malformed.ts';
import { check as tok02 } from './02-pkce-mismatch.ts';
import { check as tok03 } from './03-web-platform.ts';
import { check as tok04 } from './04-spa-platform.ts';
import { check as tok05 } from './05-secret-of-public-client.ts';
import { check as tok06 } from './06-invalid-client.ts';
import { check as tok07 } from './07-basic-encoding.ts';
import { check as tok08 } from './08-not-json.ts';
import { check as tok09 } from './09-redirect-uri-differs.ts';
import { check as tok10 } from './10-expires-in.ts';
import { check as tok11 } from './11-no-refresh-token.ts';
import { check as tok12 } from './12-opaque.ts';
import { check as tok13 } from './13-aud-empty.ts';
import { check as tok14 } from './14-aud-not-resource.ts';
import { check as tok15 } from './15-aud-array.ts';
import { check as tok16 } from './16-iss-v1-v2.ts';
import { check as tok17 } from './17-scope-narrowed.ts';
import { check as tok18 } from './18-clock-skew.ts';
import { check as tok19 } from './19-token-endpoint-http.ts';
import { check as tok20 } from './20-token-cors.ts';
import { check as tok21 } from './21-refresh-race.ts';
import { check as tok22 } from './22-refresh-loses.ts';
import { check as tok23 } from './23-token-request-stops.ts';

export const TOK: readonly Check[] = [
  tok01,
  tok02,
  tok03,
  tok04,
  tok05,
  tok06,
  tok07,
  tok08,
  tok09,
  tok10,
  tok11,
  tok12,
  tok13,
  tok14,
  tok15,
  tok16,
  tok17,
  tok18,
  tok19,
  tok20,
  tok21,
  tok22,
  tok23,
];
