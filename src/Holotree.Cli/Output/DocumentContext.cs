using System.Text.Json.Serialization;

namespace Holotree.Cli.Output;

/// <summary>The code that writes each document, made at compile time: reflection is off, and start-up is short.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(RestoreDocument))]
[JsonSerializable(typeof(PreviewDocument))]
[JsonSerializable(typeof(DiffDocument))]
[JsonSerializable(typeof(RecordDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(SpacesDocument))]
[JsonSerializable(typeof(CatalogsDocument))]
[JsonSerializable(typeof(CheckDocument))]
[JsonSerializable(typeof(CollectionDocument))]
[JsonSerializable(typeof(DeletedDocument))]
[JsonSerializable(typeof(RemovedDocument))]
[JsonSerializable(typeof(StatisticsDocument))]
[JsonSerializable(typeof(VariablesDocument))]
[JsonSerializable(typeof(TreeStatisticsDocument))]
[JsonSerializable(typeof(VersionDocument))]
[JsonSerializable(typeof(SettingsDocument))]
[JsonSerializable(typeof(ErrorDocument))]
internal sealed partial class DocumentContext : JsonSerializerContext;
