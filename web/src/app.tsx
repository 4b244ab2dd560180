import { useEffect, useState, type ReactNode } from 'react';
import { ChatPage } from './conversation/chat-page.js';
import { SignIn } from './account/sign-in.js';
import { onSignedOut, tollgate } from './tollgate.js';

/** Nobody signed in: the form. Somebody: the chat. */
export function App(): ReactNode {
  const [isSignedIn, setSignedIn] = useState<boolean>();
  useEffect(() => {
    void tollgate.isSignedIn().then(setSignedIn);
    return onSignedOut(() => {
      setSignedIn(false);
    });
  }, []);
  if (isSignedIn === undefined) return null;
  if (isSignedIn) return <ChatPage />;
  return (
    <SignIn
      onSignedIn={() => {
        setSignedIn(true);
      }}
    />
  );
}
