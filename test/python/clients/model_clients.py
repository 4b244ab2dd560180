"""Uses a chatflow as programs use a model, with the libraries of requirements.txt, and prints what came of each."""

import asyncio
import json
import sys

import httpx
import openai
import requests
from agents import Agent, Runner, function_tool, set_default_openai_api, set_default_openai_client, set_tracing_disabled
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

url, key, text = sys.argv[1:4]
MODEL = "open"
HEADERS = {"Authorization": f"Bearer {key}"}
USE_TOOL = "Ask the weather tool how it is"
outcomes = {}


class Report(BaseModel):
    city: str
    degrees: int


def case(name):
    """Runs at once; what it raises is its outcome."""

    def run(function):
        try:
            outcome = function()
            outcomes[name] = asyncio.run(outcome) if asyncio.iscoroutine(outcome) else outcome
        except Exception as error:
            outcomes[name] = {"raised": type(error).__name__, "message": str(error)}
        return function

    return run


client = openai.OpenAI(base_url=f"{url}/v1", api_key=key)
messages = [{"role": "user", "content": text}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}]


@case("openai: chat, create")
def _():
    return client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content


@case("openai: chat, create, with null for what is not set")
def _():
    unset = {"temperature": None, "tools": None, "stop": None, "stream_options": None}
    return client.chat.completions.create(model=MODEL, messages=messages, extra_body=unset).choices[0].message.content


@case("openai: chat, stream")
def _():
    stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


@case("openai: chat, stream, async")
async def _():
    asynchronous = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key)
    stream = await asynchronous.chat.completions.create(model=MODEL, messages=messages, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])


@case("openai: chat, parse")
def _():
    parsed = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Report)
    return parsed.choices[0].message.parsed.model_dump()


@case("openai: chat, tools")
def _():
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, tool_choice="required")
    call = answer.choices[0].message.tool_calls[0].function
    return [call.name, json.loads(call.arguments)]


@case("openai: chat, tools, streamed")
def _():
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=TOOLS, tool_choice="required") as stream:
        for _event in stream:
            pass
        call = stream.get_final_completion().choices[0].message.tool_calls[0].function
        return [call.name, json.loads(call.arguments)]


@case("openai: responses, create")
def _():
    return client.responses.create(model=MODEL, input=text, instructions=None).output_text


@case("openai: responses, stream")
def _():
    stream = client.responses.create(model=MODEL, input=text, stream=True)
    return "".join(event.delta for event in stream if event.type == "response.output_text.delta")


@case("openai: responses, parse")
def _():
    return client.responses.parse(model=MODEL, input=text, text_format=Report).output_parsed.model_dump()


@case("openai: responses, tools, streamed")
def _():
    tools = [{"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": False}]
    with client.responses.stream(model=MODEL, input=text, tools=tools, tool_choice="required") as stream:
        for _event in stream:
            pass
        (call,) = stream.get_final_response().output
        return [call.name, json.loads(call.arguments)]


@case("openai: nobody")
def _():
    openai.OpenAI(base_url=f"{url}/v1", api_key="tg_nobody").models.list()


@tool
def weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"20 °C in {city}"


for api, use_responses_api in (("chat", False), ("responses", True)):
    model = ChatOpenAI(model=MODEL, api_key=key, base_url=f"{url}/v1", use_responses_api=use_responses_api)

    @case(f"langchain-openai: {api}, invoke")
    def _():
        return model.invoke(text).text

    @case(f"langchain-openai: {api}, stream")
    def _():
        return "".join(chunk.text for chunk in model.stream(text))

    for method in ("json_schema", "function_calling", "json_mode"):

        @case(f"langchain-openai: {api}, with_structured_output, {method}")
        def _():
            return model.with_structured_output(Report, method=method).invoke("How is Rome? In JSON.").model_dump()

    @case(f"langchain-openai: {api}, bind_tools, and on")
    def _():
        with_tools = model.bind_tools([weather])
        told = [HumanMessage(USE_TOOL)]
        told.append(with_tools.invoke(told))
        for call in told[-1].tool_calls:
            told.append(ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]))
        told.append(with_tools.invoke(told))
        return [told[-1].text, with_tools.invoke([*told, HumanMessage("Thanks")]).text]

    @case(f"langchain-openai: {api}, bind_tools, streamed")
    def _():
        whole = None
        for chunk in model.bind_tools([weather], tool_choice="any").stream(text):
            whole = chunk if whole is None else whole + chunk
        (call,) = whole.tool_calls
        return [call["name"], call["args"]]


set_tracing_disabled(True)


@function_tool(name_override="weather")
def agents_weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"20 °C in {city}"


for api in ("responses", "chat_completions"):
    set_default_openai_api(api)
    agent = Agent(name="Clerk", model=MODEL, instructions="Be brief.", tools=[agents_weather])

    def fresh():
        """Each event loop has a client of its own."""
        set_default_openai_client(openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key), use_for_tracing=False)

    @case(f"openai-agents: {api}, run, and on")
    async def _():
        fresh()
        first = await Runner.run(agent, USE_TOOL)
        second = await Runner.run(agent, first.to_input_list() + [{"role": "user", "content": "Thanks"}])
        return [first.final_output, second.final_output]

    @case(f"openai-agents: {api}, run_streamed")
    async def _():
        fresh()
        result = Runner.run_streamed(agent, USE_TOOL)
        async for _event in result.stream_events():
            pass
        return result.final_output

    @case(f"openai-agents: {api}, output_type")
    async def _():
        fresh()
        report = (await Runner.run(Agent(name="Clerk", model=MODEL, output_type=Report), "How is Rome?")).final_output
        return report.model_dump()


# Readers as people write them, which split lines in ways of their own.
COMPLETION = {"model": MODEL, "messages": messages, "stream": True}
PREDICTION = {"chatflow_id": MODEL, "question": text, "sessionId": None, "history": None}


def texts_in(lines, text_of):
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: ") and line != "data: [DONE]"]
    return "".join(text_of(event) or "" for event in events)


def completion_text(event):
    return event["choices"][0]["delta"].get("content")


def prediction_text(event):
    return event["data"] if event["event"] == "token" else None


for path, body, text_of in (
    ("/v1/chat/completions", COMPLETION, completion_text),
    ("/predict/stream/store", PREDICTION, prediction_text),
):

    @case(f"httpx: iter_lines, {path}")
    def _():
        with httpx.stream("POST", url + path, headers=HEADERS, json=body, timeout=60) as response:
            return texts_in(response.iter_lines(), text_of)

    @case(f"requests: iter_lines, decode_unicode, {path}")
    def _():
        with requests.post(url + path, headers=HEADERS, json=body, stream=True, timeout=60) as response:
            return texts_in(response.iter_lines(decode_unicode=True), text_of)

    @case(f"requests: splitlines of the whole, {path}")
    def _():
        return texts_in(requests.post(url + path, headers=HEADERS, json=body, timeout=60).text.splitlines(), text_of)


print(json.dumps(outcomes))
