import { useEffect, useMemo } from 'react';
import {
  Autocomplete,
  Collection,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components';
import { keyReader, keysOf } from '../model/keys.ts';
import type { Place } from '../model/place.ts';
import { useSurroundings, useTexts } from './surroundings.tsx';
import '../styles/commands.css';

interface Command {
  id: string;
  name: string;
  keys: readonly string[];
  run(): void;
}

/** The commands, behind Control or Command with K; and the keys that need none. */
export function Commands({
  isOpen,
  onOpenChange,
}: {
  isOpen: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const { go } = useSurroundings();
  const { commands } = useTexts();
  const { contains } = useFilter({ sensitivity: 'base' });
  const sections = useCommands();

  useEffect(() => {
    const read = keyReader();
    const pressed = (event: KeyboardEvent) => {
      const act = read({
        key: event.key,
        at: event.timeStamp,
        control: event.ctrlKey || event.metaKey,
        other: event.altKey || event.shiftKey,
        typing: isField(event.target),
      });
      if (!act) return;
      event.preventDefault();
      if (act.kind === 'commands') onOpenChange(true);
      else go(act.place);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  });

  const run = (id: string) => {
    onOpenChange(false);
    sections
      .flatMap(({ items }) => items)
      .find(each => each.id === id)
      ?.run();
  };
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={onOpenChange} isDismissable className="overlay">
      <Modal className="dialog commands">
        <Dialog aria-label={commands.title}>
          <Autocomplete filter={contains}>
            <SearchField aria-label={commands.placeholder} autoFocus>
              <Input className="input" placeholder={commands.placeholder} />
            </SearchField>
            <Menu
              aria-label={commands.title}
              items={sections}
              onAction={key => run(String(key))}
              renderEmptyState={() => <p className="soft none">{commands.none}</p>}
            >
              {section => (
                <MenuSection id={section.title}>
                  <Header>{section.title}</Header>
                  <Collection items={section.items}>
                    {command => (
                      <MenuItem id={command.id} textValue={command.name}>
                        <bdi>{command.name}</bdi>
                        <span className="keys">
                          {command.keys.map(key => (
                            <kbd key={key}>{key}</kbd>
                          ))}
                        </span>
                      </MenuItem>
                    )}
                  </Collection>
                </MenuSection>
              )}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function useCommands(): { id: string; title: string; items: Command[] }[] {
  const { api, snapshot, go, tell } = useSurroundings();
  const { commands, shell } = useTexts();
  return useMemo(() => {
    const screens: [Place, string][] = [
      [{ screen: 'servers' }, shell.servers],
      [{ screen: 'doctor', url: '' }, shell.doctor],
      [{ screen: 'trace' }, shell.trace],
      [{ screen: 'lab' }, shell.lab],
      [{ screen: 'settings' }, shell.settings],
    ];
    const themes = [
      ['system', commands.asSystem],
      ['light', commands.light],
      ['dark', commands.dark],
    ] as const;
    const servers = snapshot.servers.map(known => {
      const target = { server: known.server, profile: known.profile };
      return { id: `server ${known.profile} ${known.server}`, name: known.title, target };
    });
    const sections = [
      {
        title: commands.go,
        items: screens.map(([place, name]) => ({
          id: `go ${place.screen}`,
          name,
          keys: keysOf(place.screen),
          run: () => go(place),
        })),
      },
      {
        title: commands.servers,
        items: servers.map(({ id, name, target }) => ({
          id,
          name,
          keys: [],
          run: () => go({ screen: 'server', target, tab: 'overview' }),
        })),
      },
      {
        title: commands.actions,
        items: [
          {
            id: 'add server',
            name: shell.addServer,
            keys: [],
            run: () => go({ screen: 'servers', adding: true }),
          },
          ...servers.map(({ id, name, target }) => ({
            id: `sign in ${id}`,
            name: commands.signIn(name),
            keys: [],
            run: () => go({ screen: 'server', target, tab: 'sign-in' }),
          })),
          ...themes.map(([theme, name]) => ({
            id: `theme ${theme}`,
            name,
            keys: [],
            run: () => void api.changePreferences({ theme }).catch(tell),
          })),
        ],
      },
    ];
    return sections.filter(({ items }) => items.length > 0).map(each => ({ ...each, id: each.title }));
  }, [api, snapshot.servers, go, tell, commands, shell]);
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
