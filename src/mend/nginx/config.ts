import type { Directive } from './parse.ts';

/** A directive and the blocks around it, the innermost first. */
export interface Place {
  directive: Directive;
  parents: readonly Directive[];
}

/** How rules look at a configuration. */
export class Config {
  readonly places: readonly Place[];
  /** How a line is called in a sentence. */
  readonly lineName: (line: number) => string;

  constructor(directives: readonly Directive[], lineName = (line: number) => `line ${line}`) {
    this.lineName = lineName;
    const places: Place[] = [];
    const walk = (each: readonly Directive[], parents: readonly Directive[]) => {
      for (const directive of each) {
        places.push({ directive, parents });
        if (directive.block) walk(directive.block, [directive, ...parents]);
      }
    };
    walk(directives, []);
    this.places = places;
  }

  named(...names: string[]): Place[] {
    return this.places.filter(({ directive }) => names.includes(directive.name));
  }

  /** The servers; a pasted part without one is taken for a server's own. */
  get servers(): Place[] {
    return this.named('server').filter(({ directive }) => directive.block);
  }

  /** Blocks that hand requests on: with proxy_pass or grpc_pass of their own, and not for nginx itself only. */
  get proxied(): Place[] {
    return this.places.filter(
      ({ directive: { block } }) =>
        block?.some(({ name }) => /^(?:proxy|grpc)_pass$/.test(name)) &&
        !block.some(({ name }) => name === 'internal'),
    );
  }

  /** What holds in a block: the directives of the innermost level that has any, as nginx inherits them. */
  effective({ directive, parents }: Place, name: string): Directive[] {
    for (const level of [directive, ...parents]) {
      const here = level.block?.filter(each => each.name === name) ?? [];
      if (here.length > 0) return here;
    }
    return this.places
      .filter(({ directive: each, parents: around }) => around.length === 0 && each.name === name)
      .map(each => each.directive);
  }

  /** Every directive of a block and the blocks around it, and nothing from blocks beside. */
  around({ directive, parents }: Place): Directive[] {
    const levels = [directive, ...parents].flatMap(level => level.block ?? []);
    const top = this.places.filter(place => place.parents.length === 0).map(each => each.directive);
    return [...levels, ...top];
  }

  /** Files that a block or one around it includes, which could not be looked into. */
  includes(place: Place): string[] {
    return this.around(place)
      .filter(({ name }) => name === 'include')
      .map(({ args }) => args[0] ?? '')
      .filter(file => !/mime\.types$/.test(file));
  }

  /** Who checks tokens for a block: an access module, another service, or nobody that can be seen. */
  checker(place: Place): 'jwt' | 'introspection' | 'service' | undefined {
    const value = (name: string) => this.effective(place, name)[0]?.args[0];
    const isOn = (name: string) => ![undefined, 'off'].includes(value(name));
    const included = this.includes(place).join(' ');
    if (isOn('auth_jwt') || /mcp-(?:resource|server)-jwt/.test(included)) return 'jwt';
    if (isOn('auth_oauth2_token_introspect') || /mcp-(?:resource|server)-introspect/.test(included))
      return 'introspection';
    return isOn('auth_request') ? 'service' : undefined;
  }

  /** The values a variable may have where the file says so: from `set` and from maps. */
  valuesOf(variable: string): { value: string; line: number }[] {
    return [
      ...this.named('set')
        .filter(({ directive }) => directive.args[0] === variable)
        .map(({ directive }) => ({ value: directive.args[1] ?? '', line: directive.line })),
      ...this.maps
        .filter(({ args }) => args[1] === variable)
        .flatMap(({ block = [] }) => block.map(({ args, line }) => ({ value: args[0] ?? '', line }))),
    ];
  }

  get maps(): Directive[] {
    return this.named('map').map(({ directive }) => directive);
  }
}

/** The variables in a text, each with its dollar sign and without braces. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)].map(([, braced, bare]) => `$${braced ?? bare}`);
}

/** How a block is called in a sentence: `location = /mcp`. */
export const called = ({ name, args }: Directive): string => [name, ...args].join(' ');
