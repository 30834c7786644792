import type { Check } from '../../check.ts';
import { check as tok08 } from './08-not-json.ts';
import { check as tok19 } from './19-token-endpoint-http.ts';
import { check as tok20 } from './20-token-cors.ts';

export const TOK: readonly Check[] = [tok08, tok19, tok20];
