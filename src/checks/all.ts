import type { Check } from './check.ts';
import { ASM } from './rules/asm/all.ts';
import { AZ } from './rules/az/all.ts';
import { CB } from './rules/cb/all.ts';
import { CHL } from './rules/chl/all.ts';
import { LIFE } from './rules/life/all.ts';
import { MCP } from './rules/mcp/all.ts';
import { NET } from './rules/net/all.ts';
import { OPS } from './rules/ops/all.ts';
import { PRM } from './rules/prm/all.ts';
import { REG } from './rules/reg/all.ts';
import { TOK } from './rules/tok/all.ts';
import { URL } from './rules/url/all.ts';

/** Every rule there is, by area and code. */
export const CHECKS: readonly Check[] = [
  ...NET,
  ...URL,
  ...CHL,
  ...PRM,
  ...ASM,
  ...REG,
  ...AZ,
  ...CB,
  ...TOK,
  ...MCP,
  ...LIFE,
  ...OPS,
];
