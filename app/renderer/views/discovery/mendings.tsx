import { Button, Disclosure, DisclosurePanel, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { ProxyMending } from '../../../../src/api/window.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';

/** The configuration that mends it, for whichever proxy stands before the server. */
export function Mendings({ mendings }: { mendings: readonly ProxyMending[] }) {
  const { discovery } = useTexts();
  if (mendings.length === 0) return null;
  return (
    <Disclosure className="unfold">
      <Button slot="trigger" className="unfold-button">
        {discovery.configuration}
      </Button>
      <DisclosurePanel>
        <Tabs className="tabs">
          <TabList aria-label={discovery.proxy}>
            {mendings.map(({ title }) => (
              <Tab key={title} id={title}>
                {title}
              </Tab>
            ))}
          </TabList>
          {mendings.map(each => (
            <TabPanel key={each.title} id={each.title} className="stack mending">
              <div className="row">
                <span className="soft small foreign grow" lang="en" dir="auto">
                  {each.goes}
                </span>
                <CopyButton text={each.configuration} label={discovery.copyConfiguration} />
              </div>
              {each.assumptions.map(assumption => (
                <p key={assumption} className="small">
                  {discovery.assumed}{' '}
                  <span className="foreign" lang="en" dir="auto">
                    {assumption}
                  </span>
                </p>
              ))}
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
              <pre className="block" dir="ltr" tabIndex={0}>
                {each.configuration}
              </pre>
            </TabPanel>
          ))}
        </Tabs>
      </DisclosurePanel>
    </Disclosure>
  );
}
