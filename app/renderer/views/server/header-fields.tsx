import { Plus, X } from 'lucide-react';
import { Input, TextField } from 'react-aria-components';
import type { HeaderField } from '../../model/server-form.ts';
import { Button } from '../../parts/button.tsx';
import { useTexts } from '../../parts/surroundings.tsx';
import type { FormPart } from './settings-form.tsx';

/** The header fields sent to the server; their values are typed and never shown again. */
export function HeaderFields({ form, edit, errorOf }: FormPart) {
  const { servers: texts } = useTexts();
  const { form: words } = texts;
  const { headers } = form;
  const error = errorOf('headers');
  const change = (id: number, next: Partial<HeaderField>) =>
    edit({ headers: headers.map(each => (each.id === id ? { ...each, ...next } : each)) });
  const add = () =>
    edit({
      headers: [...headers, { id: Math.max(-1, ...headers.map(({ id }) => id)) + 1, name: '', value: '' }],
    });
  return (
    <div className="field">
      <span className="hint">{words.headersHint}</span>
      {headers.map(({ id, name, value }) => (
        <div key={id} className="header-row">
          <TextField
            aria-label={words.headerName}
            value={name}
            // A value that is kept belongs to its name.
            isReadOnly={value === undefined}
            onChange={next => change(id, { name: next })}
          >
            <Input className="input mono" dir="ltr" placeholder={words.headerName} spellCheck={false} />
          </TextField>
          <TextField
            aria-label={`${words.headerValue} ${name}`}
            type="password"
            autoComplete="off"
            value={value ?? ''}
            onChange={next => change(id, { value: next })}
          >
            <Input
              className="input mono"
              dir="ltr"
              placeholder={value === undefined ? `•••••••• ${words.headerKept}` : words.headerValue}
            />
          </TextField>
          <Button
            kind="quiet"
            icon
            aria-label={words.removeHeader(name)}
            onPress={() => edit({ headers: headers.filter(each => each.id !== id) })}
          >
            <X size={16} aria-hidden />
          </Button>
        </div>
      ))}
      {error === undefined ? null : (
        <span className="error" role="alert">
          {error}
        </span>
      )}
      <div className="row">
        <Button onPress={add}>
          <Plus size={16} aria-hidden />
          {words.addHeader}
        </Button>
      </div>
    </div>
  );
}
