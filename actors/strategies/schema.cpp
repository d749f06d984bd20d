#include "actors/expression/functions.hpp"
#include "actors/expression/parser.hpp"
#include "actors/strategies/spec.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace finch::strategies {

namespace {

using Json = nlohmann::ordered_json;

std::string language(const Vocabulary& vocabulary) {
  std::string text =
      "An expression over the newest closed bar. Values: numbers, parameters, features and bar fields by "
      "name; "
      "name@60m takes the last closed bar of another timeframe, name[BTC-USDT] that instrument's value; "
      "model.<model>.<output> a model's output, absent until trained; votes(2, \"a\", \"b\") is 1 when at "
      "least two "
      "of the named strategies vote long on this bar and timeframe, -1 when short, 0 when neither or both. "
      "Operators, weakest first: or, and, not, comparisons (< <= > >= == !=, "
      "not "
      "chained), + -, * /, unary minus. Price, volume and time do not mix: compare ratios, or with 0. "
      "Windows n are "
      "whole numbers or parameters.";
  text += fmt::format(" Limits: {} nodes, {} levels, {} rows of lookback. Functions: ", expression::max_nodes,
                      expression::max_depth, expression::max_lookback);
  for (const auto& function : expression::functions())
    text += fmt::format("{} = {}; ", function.signature, function.meaning);
  text += "Names:";
  for (const auto& [name, dimension] : vocabulary.features)
    text += fmt::format(" {} ({})", name, market::format_dimension(dimension));
  return text + ".";
}

Json described(Json schema, const char* description) {
  schema["description"] = description;
  return schema;
}

Json reference(const char* definition) { return {{"$ref", fmt::format("#/$defs/{}", definition)}}; }

Json closed_object(Json properties, std::vector<std::string> required) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty())
    schema["required"] = std::move(required);
  return schema;
}

Json definitions(const Vocabulary& vocabulary) {
  Json name{{"type", "string"}, {"pattern", "^[a-z][a-z0-9_]{0,63}$"}};
  Json rule{
      {"type", "string"}, {"maxLength", expression::max_source_bytes}, {"description", language(vocabulary)}};
  Json quantity{{"oneOf", Json::array({Json{{"type", "number"}}, reference("rule")})},
                {"description", "a number, or an expression that is one"}};
  Json fixed{{"oneOf", Json::array({Json{{"type", "number"}, {"minimum", 0}}, name})},
             {"description", "a number, or the name of a parameter"}};
  Json distance = closed_object(
      {{"pct", described(reference("quantity"), "percent of the close")},
       {"atr", described(reference("quantity"), "multiples of atr_14")},
       {"price", described(reference("quantity"), "quote per base: an expression that is a price")}},
      {});
  distance["minProperties"] = 1;
  distance["maxProperties"] = 1;
  Json parameter = closed_object({{"value", {{"type", "number"}}},
                                  {"min", {{"type", "number"}}},
                                  {"max", {{"type", "number"}}},
                                  {"step", {{"type", "number"}, {"exclusiveMinimum", 0}}}},
                                 {"value", "min", "max", "step"});
  return {{"name", name},   {"rule", rule},         {"quantity", quantity},
          {"fixed", fixed}, {"distance", distance}, {"parameter", parameter}};
}

Json exits() {
  return closed_object(
      {{"stop_loss", described(reference("distance"),
                               "distance of the stop from the entry; required, it sizes the position")},
       {"take_profit", described(reference("distance"), "distance of the target from the entry")},
       {"trailing",
        described(reference("distance"), "distance of the trailing stop from the best price since entry")},
       {"break_even",
        closed_object({{"at_r", described(reference("fixed"), "gain, in initial risks, that moves the "
                                                              "stop to the entry")}},
                      {"at_r"})},
       {"max_hold_bars", described(reference("fixed"), "bars after which a position is closed")},
       {"cooldown_bars", described(reference("fixed"), "bars without entry after an exit")},
       {"exit_long", described(reference("rule"), "closes a long position while it holds")},
       {"exit_short", described(reference("rule"), "closes a short position while it holds")}},
      {"stop_loss"});
}

} // namespace

std::string json_schema(const Vocabulary& vocabulary) {
  Json timeframes{{"type", "array"},
                  {"minItems", 1},
                  {"uniqueItems", true},
                  {"items", {{"type", "string"}, {"pattern", "^[0-9]+[mhd]$"}}}};
  Json universe{
      {"oneOf", Json::array({Json{{"const", "all"}},
                             Json{{"type", "array"}, {"minItems", 1}, {"items", {{"type", "string"}}}}})}};
  Json schema = closed_object(
      {{"name", described(reference("name"), "the strategy's name, also its file's")},
       {"family", described(reference("name"), "kind of idea, as momentum or mean_reversion")},
       {"description",
        {{"type", "string"}, {"minLength", 1}, {"description", "a sentence that says why this works"}}},
       {"timeframes", described(timeframes, "bar lengths it trades on, each an instance of its own")},
       {"universe",
        described(universe, "\"all\", or symbols and patterns as BTC-USDT, *-USDT, binance.um/*")},
       {"parameters",
        {{"type", "object"},
         {"description", "numbers with a name, a value and the grid the tuner may draw from"},
         {"propertyNames", reference("name")},
         {"additionalProperties", reference("parameter")}}},
       {"enter_long",
        described(reference("rule"), "opens a long position; both entry rules at once open nothing")},
       {"enter_short", described(reference("rule"), "opens a short position")},
       {"confidence",
        described(reference("quantity"), "chance that the side is right, clipped to 0.5 .. 0.9; 0.55 "
                                         "where absent")},
       {"exits", exits()},
       {"references",
        {{"type", "object"},
         {"description",
          "written by the program: the strategies named in votes as they were when this one was "
          "made; null once archived, then it abstains. Leave it out to take those of the library"},
         {"propertyNames", reference("name")},
         {"additionalProperties", {{"anyOf", Json::array({Json{{"$ref", "#"}}, Json{{"type", "null"}}})}}}}},
       {"parent",
        {{"type", "string"},
         {"pattern", "^[0-9a-f]{32}$"},
         {"description", "hash of the spec this one was "
                         "made from"}}}},
      {"name", "family", "description", "timeframes", "universe", "exits"});
  schema["anyOf"] = Json::array({Json{{"required", {"enter_long"}}}, Json{{"required", {"enter_short"}}}});
  Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Finch strategy"}};
  document.update(schema);
  document["$defs"] = definitions(vocabulary);
  return document.dump(2) + "\n";
}

} // namespace finch::strategies
