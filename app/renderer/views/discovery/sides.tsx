import { TriangleAlert } from 'lucide-react';
import type { SideBySide, SideRow } from '../../../../src/doctor/side-by-side.ts';
import { Scrolls } from '../../parts/scrolls.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

/** For each authorization server what the MCP server says of it, beside what stands behind each of its doors. */
export function Sides({ sides }: { sides: readonly SideBySide[] }) {
  return sides.map(side => <Side key={side.issuer} side={side} />);
}

function Side({ side }: { side: SideBySide }) {
  const { discovery } = useTexts();
  const { issuer, isListed, doors, rows } = side;
  return (
    <section className="stack side">
      <p>
        <span className="url">{issuer}</span>{' '}
        {isListed ? null : <span className="soft small">{discovery.guessed}</span>}
      </p>
      <Scrolls label={discovery.sides}>
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">{discovery.member}</th>
              <th scope="col">{discovery.serverSays}</th>
              {doors.map(({ kind, url, hasMetadata }) => (
                <th key={url} scope="col">
                  {kind === 'server-oauth' ? discovery.oauthDoor : discovery.openidDoor}
                  <span className="url small soft own-line">{URL.parse(url)?.pathname ?? url}</span>
                  {hasMetadata ? null : <span className="small soft">{discovery.nothingThere}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <Row key={row.name} row={row} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 ? <p className="soft none">{discovery.noMetadata}</p> : null}
      </Scrolls>
    </section>
  );
}

function Row({ row }: { row: SideRow }) {
  const { discovery } = useTexts();
  const { name, server, expected, doors, differs } = row;
  return (
    <tr data-differs={differs}>
      <th scope="row">
        <code className="url">{name}</code>
        {differs ? (
          <span className="differs small">
            <TriangleAlert size={13} aria-hidden /> {discovery.differs}
          </span>
        ) : null}
      </th>
      <td>
        <Values values={server} />
        {expected === undefined ? null : (
          <p className="small">
            {discovery.expected} <span className="url">{expected}</span>
          </p>
        )}
      </td>
      {doors.map((values, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns never change places
        <td key={index}>
          <Values values={values} />
        </td>
      ))}
    </tr>
  );
}

function Values({ values }: { values: readonly string[] | undefined }) {
  if (!values) return <span className="soft">–</span>;
  return (
    <ul>
      {values.map(value => (
        <li key={value} className="url">
          {value}
        </li>
      ))}
    </ul>
  );
}
