"""A program of somebody who has generated a client: it must type-check and work. `generated-client.spec.ts` runs it."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from tollgate_client import AuthenticatedClient, Client
from tollgate_client.api.accounting import get_balance, list_transactions
from tollgate_client.api.auth import get_me, login
from tollgate_client.api.chatflows import list_chatflows
from tollgate_client.api.history import delete_session, get_session, list_messages
from tollgate_client.api.open_ai import create_chat_completion
from tollgate_client.api.predict import predict, stream_prediction
from tollgate_client.api.turns import get_turn
from tollgate_client.models import (
    Balance,
    ChatCompletion,
    ChatCompletionRequest,
    ChatflowList,
    CompletionRequestMessage,
    CompletionRequestMessageRole,
    ListMessagesShape,
    Login,
    Me,
    MessageList,
    MetadataEvent,
    Prediction,
    PredictRequest,
    Problem,
    TextEvent,
    TokenEvent,
    TokenPair,
    ToolResultEvent,
    TransactionList,
    Turn,
)
from tollgate_client.types import Unset

url, email, password, chatflow = sys.argv[1:5]
QUESTION = "What is new?"
said: dict[str, Any] = {}

anonymous = Client(base_url=url)
refused = get_me.sync(client=AuthenticatedClient(base_url=url, token="nobody"))
assert isinstance(refused, Problem)
said["refused"] = refused.code

tokens = login.sync(client=anonymous, body=Login(email=email, password=password))
assert isinstance(tokens, TokenPair)
client = AuthenticatedClient(base_url=url, token=tokens.access_token)

me = get_me.sync(client=client)
assert isinstance(me, Me)
said["roles"] = me.roles

chatflows = list_chatflows.sync(client=client, limit=100)
assert isinstance(chatflows, ChatflowList)
said["chatflows"] = [[one.id, one.price.credits_] for one in chatflows.data]

whole = predict.sync(
    client=client,
    body=PredictRequest(chatflow_id=chatflow, question=QUESTION),
    idempotency_key="whole-1",
)
assert isinstance(whole, Prediction)
assert not isinstance(whole.used_tools, Unset) and not isinstance(whole.source_documents, Unset)
said["whole"] = {
    "text": whole.text,
    "finishReason": whole.finish_reason,
    "tools": [one.tool for one in whole.used_tools],
    "sources": [one.page_content for one in whole.source_documents],
}


def events(session_id: str) -> Iterator[dict[str, Any]]:
    """The generator has no reader of streams: its request and its models are used with httpx, which it is made of."""
    request = stream_prediction._get_kwargs(
        body=PredictRequest(chatflow_id=chatflow, question=QUESTION, session_id=session_id),
        idempotency_key="streamed-1",
    )
    with client.get_httpx_client().stream(**request) as response:
        assert response.status_code == 200
        said["turnHeader"] = response.headers["X-Turn-Id"]
        for line in response.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


text = ""
for event in events(whole.session_id):
    if event["event"] == "token":
        text += TokenEvent.from_dict(event).data
    elif event["event"] == "metadata":
        metadata = MetadataEvent.from_dict(event).data
        said["streamed"] = {"text": text, "charged": metadata.charged}

turn = get_turn.sync(said.pop("turnHeader"), client=client)
assert isinstance(turn, Turn)
said["turn"] = [turn.status, turn.question, turn.charge.captured]

messages = list_messages.sync(whole.session_id, client=client)
assert isinstance(messages, MessageList)
said["messages"] = [[one.role, one.content] for one in messages.data]
stored = messages.data[-1].events
assert not isinstance(stored, Unset)
said["stored"] = [
    one.text if isinstance(one, TextEvent) else one.tool_name if isinstance(one, ToolResultEvent) else ""
    for one in stored
]
shaped = list_messages.sync(whole.session_id, client=client, shape=ListMessagesShape.FLOWISE)
assert isinstance(shaped, MessageList)
events_of_flowise = shaped.data[-1].events
assert not isinstance(events_of_flowise, Unset)
said["shaped"] = [one.to_dict()["event"] for one in events_of_flowise]

balance = get_balance.sync(client=client)
transactions = list_transactions.sync(client=client)
assert isinstance(balance, Balance) and isinstance(transactions, TransactionList)
said["account"] = [balance.available, balance.held, [[one.kind, one.amount] for one in transactions.data]]

completion = create_chat_completion.sync(
    client=client,
    body=ChatCompletionRequest(
        model=chatflow,
        messages=[CompletionRequestMessage(role=CompletionRequestMessageRole.USER, content=QUESTION)],
    ),
)
assert isinstance(completion, ChatCompletion)
said["completion"] = completion.choices[0].message.content

deleted = delete_session.sync_detailed(whole.session_id, client=client)
gone = get_session.sync(whole.session_id, client=client)
assert isinstance(gone, Problem)
said["deleted"] = [deleted.status_code, gone.code]

print(json.dumps(said))
