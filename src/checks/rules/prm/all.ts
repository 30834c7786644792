import type { Check } from '../../check.ts';
import { check as prm05 } from './05-html.ts';

export const PRM: readonly Check[] = [prm05];
