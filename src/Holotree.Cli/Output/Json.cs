using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holotree.Cli.Output;

/// <summary>Writes documents as JSON.</summary>
internal static class Json
{
    /// <summary>Indented, and with paths readable: nothing here ends up in HTML, which is what the strict encoder is for.</summary>
    static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Text<T>(T document, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options)) JsonSerializer.Serialize(writer, document, type);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
