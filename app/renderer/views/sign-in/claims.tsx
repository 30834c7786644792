import type { TokenClaim } from '../../../../src/api/window.ts';
import { termOf } from '../../model/terms.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import { Explained } from './arrow-details.tsx';

const TONES: Record<TokenClaim['verdict'], Tone> = {
  'as-expected': 'good',
  other: 'broken',
  missing: 'fragile',
  information: 'plain',
};

/** What the token says, held against what was asked for. */
export function Claims({ claims, format }: { claims: readonly TokenClaim[]; format: 'jwt' | 'opaque' }) {
  const { signIn: texts } = useTexts();
  return (
    <section className="panel claims" aria-labelledby="claims-title">
      <header>
        <h2 id="claims-title">{texts.tokenTitle}</h2>
        <p className="soft small">{format === 'jwt' ? texts.tokenJwt : texts.tokenOpaque}</p>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.claim}</th>
            <th scope="col">{texts.value}</th>
            <th scope="col">{texts.expected}</th>
            <th scope="col">{texts.verdict}</th>
          </tr>
        </thead>
        <tbody>
          {claims.map(claim => (
            <Row key={claim.name} claim={claim} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ claim }: { claim: TokenClaim }) {
  const { signIn: texts } = useTexts();
  const { name, expected, verdict } = claim;
  const term = termOf({ name: name === 'iss' ? 'issuer' : name });
  return (
    <tr>
      <th scope="row">
        <span>{texts.claims[name]}</span> <code className="url soft">{name}</code>
        {term === undefined ? null : <Explained term={term} />}
      </th>
      <td>
        <Value claim={claim} text={claim.value} />
      </td>
      <td>
        {expected === undefined ? <span className="soft">—</span> : <Value claim={claim} text={expected} />}
      </td>
      <td>
        <Badge tone={TONES[verdict]}>{texts.verdicts[verdict]}</Badge>
      </td>
    </tr>
  );
}

function Value({ claim: { name }, text }: { claim: TokenClaim; text: string }) {
  const { signIn: texts } = useTexts();
  if (name === 'refresh_token') return <span>{text === '' ? texts.none : texts.refreshIssued}</span>;
  if (text === '') return <span className="soft">{texts.none}</span>;
  if (name === 'exp') {
    const date = new Date(text);
    if (!Number.isNaN(date.getTime()))
      return <time dateTime={text}>{date.toLocaleString(document.documentElement.lang)}</time>;
  }
  return <span className="url">{text}</span>;
}
