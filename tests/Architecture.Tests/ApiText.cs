using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Architecture.Tests;

/// <summary>Writes down what a library shows to its callers, in lines that read like C#: types in the order of their names, under
/// each its members. What the compiler adds to records is left out.</summary>
internal static class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    internal static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Head(type)).Append('\n');
            IEnumerable<string> members = type.IsEnum ? Members(type) : Members(type).Order(StringComparer.Ordinal);
            foreach (string member in members) text.Append("    ").Append(member).Append('\n');
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        string kind = type switch
        {
            { IsEnum: true } => $"enum {Name(type)} : {Name(Enum.GetUnderlyingType(type))}",
            { IsInterface: true } => $"interface {Name(type)}",
            { IsValueType: true } => $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}struct {Name(type)}",
            _ when typeof(Delegate).IsAssignableFrom(type) => $"delegate {Name(type)}",
            { IsAbstract: true, IsSealed: true } => $"static class {Name(type)}",
            _ => $"{(type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")}{(IsRecord(type) ? "record" : "class")} {Name(type)}",
        };
        IEnumerable<string> bases = type.IsEnum ? [] : Bases(type);
        return $"{type.Namespace}: {kind}{(bases.Any() ? " : " + string.Join(", ", bases) : "")}";
    }

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.BaseType is Type parent && parent != typeof(object) && parent != typeof(ValueType)) yield return Name(parent);
        IEnumerable<Type> inherited = type.GetInterfaces().SelectMany(one => one.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []);
        foreach (string name in type.GetInterfaces().Except(inherited).Select(Name).Order(StringComparer.Ordinal)) yield return name;
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            foreach (object value in Enum.GetValuesAsUnderlyingType(type))
                yield return string.Create(CultureInfo.InvariantCulture, $"{value} {Enum.GetName(type, Enum.ToObject(type, value))}");
            yield break;
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(IsSeen))
            yield return $"{Access(constructor)}{type.Name.Split('`')[0]}({Parameters(constructor)})";
        foreach (FieldInfo field in type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily))
        {
            string modifier = field.IsLiteral ? "const " : field.IsStatic ? "static " : "";
            string value = field.IsLiteral ? string.Create(CultureInfo.InvariantCulture, $" = {field.GetRawConstantValue()}") : "";
            yield return $"{modifier}{(field.IsInitOnly ? "readonly " : "")}{Name(field.FieldType, Nullability.Create(field))} {field.Name}{value}";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            if (property.Name == "EqualityContract" || !property.GetAccessors(nonPublic: true).Any(IsSeen)) continue;
            MethodInfo accessor = property.GetAccessors(nonPublic: true).First(IsSeen);
            string name = property.GetIndexParameters() is { Length: > 0 } ? $"this[{Parameters(accessor)}]" : property.Name;
            yield return $"{Access(accessor)}{Name(property.PropertyType, Nullability.Create(property))} {name} {{ {Accessors(property)}}}";
        }

        foreach (EventInfo occurrence in type.GetEvents(Declared).Where(one => IsSeen(one.AddMethod!)))
            yield return $"event {Name(occurrence.EventHandlerType!)} {occurrence.Name}";
        foreach (MethodInfo method in type.GetMethods(Declared).Where(IsSeen))
        {
            bool isOperator = method.Name.StartsWith("op_", StringComparison.Ordinal);
            if ((method.IsSpecialName && !isOperator) || method.Name.StartsWith('<')) continue;
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
            yield return $"{Access(method)}{Name(method.ReturnType, Nullability.Create(method.ReturnParameter))} {method.Name}{generic}({Parameters(method)})";
        }
    }

    /// <summary>Public, or open to heirs; and written by a person.</summary>
    private static bool IsSeen(MethodBase method) =>
        (method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed))
        && (method.IsSpecialName || !method.IsDefined(typeof(CompilerGeneratedAttribute)))
        && !(method.Name.StartsWith("op_", StringComparison.Ordinal) && method.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static string Access(MethodBase method)
    {
        string access = method.IsPublic ? "" : "protected ";
        if (method.IsStatic) return access + "static ";
        if (method is not MethodInfo info || method.DeclaringType!.IsInterface || !method.IsVirtual || method.IsFinal) return access;
        return access + (info.GetBaseDefinition() != info ? "override " : method.IsAbstract ? "abstract " : "virtual ");
    }

    private static string Accessors(PropertyInfo property)
    {
        string get = property.GetMethod is MethodInfo getter && IsSeen(getter) ? "get; " : "";
        if (property.SetMethod is not MethodInfo setter || !IsSeen(setter)) return get;
        bool init = setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        return $"{(property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")}{get}{(init ? "init" : "set")}; ";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        string by = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        string value = !parameter.HasDefaultValue ? "" : string.Create(CultureInfo.InvariantCulture, $" = {parameter.RawDefaultValue ?? "default"}");
        return $"{by}{Name(parameter.ParameterType, Nullability.Create(parameter))} {parameter.Name}{value}";
    }));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static string Name(Type type) => Name(type, null);

    private static string Name(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef) return Name(type.GetElementType()!, nullability?.ElementType);
        if (Nullable.GetUnderlyingType(type) is Type underlying) return Name(underlying) + "?";
        string mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray) return Name(type.GetElementType()!, nullability?.ElementType) + "[]" + mark;
        if (type.IsPointer) return Name(type.GetElementType()!) + "*";
        string name = Type.GetTypeCode(type) switch
        {
            _ when type.IsEnum => type.Name,
            TypeCode.Boolean => "bool",
            TypeCode.Byte => "byte",
            TypeCode.Int16 => "short",
            TypeCode.UInt16 => "ushort",
            TypeCode.Int32 => "int",
            TypeCode.UInt32 => "uint",
            TypeCode.Int64 => "long",
            TypeCode.UInt64 => "ulong",
            TypeCode.Double => "double",
            TypeCode.String => "string",
            _ when type == typeof(object) => "object",
            _ when type == typeof(void) => "void",
            _ => type.Name.Split('`')[0],
        };
        if (type.IsNested && !type.IsGenericParameter) name = $"{Name(type.DeclaringType!)}.{name}";
        if (!type.IsGenericType) return name + mark;
        Type[] arguments = type.GetGenericArguments();
        NullabilityInfo[] inner = nullability?.GenericTypeArguments ?? [];
        return $"{name}<{string.Join(", ", arguments.Select((argument, index) => Name(argument, index < inner.Length ? inner[index] : null)))}>{mark}";
    }
}
